using System.Text.RegularExpressions;

namespace Reassembly.Cli.Doctor.Judging;

/// <summary>
/// What is known, and what to set. Measured here: ws 8.12.0 and 8.16.0, websockets 10.4 and 12.0, gorilla 1.5.0, Tornado 6.2 and 6.4,
/// Tomcat 10.1, Kestrel and SignalR of .NET 10. The others are told from their documentation, which is named beside each.
/// </summary>
internal static partial class Libraries
{
    public static IReadOnlyList<Library> All { get; } =
    [
        new("ws", "ws (Node.js)", Role.Server, Counts.Messages)
        {
            Setting = "maxPayload",
            Default = 104_857_600,
            TooBigReason = Nothing(),
            Syntax = ["new WebSocketServer({ port: 8080, maxPayload: BYTES })", "as a client: new WebSocket(url, { maxPayload: BYTES })"],
            Remark = "Counted after inflation. Its own 'close' event shows 1006; the cause is in its 'error' event. socket.io passes it on as maxHttpBufferSize.",
        },
        new("websockets", "websockets (Python)", Role.Server, Counts.Messages)
        {
            Setting = "max_size",
            Default = 1_048_576,
            TooBigReason = WebsocketsReason(),
            Syntax = ["websockets.serve(handler, host, port, max_size=BYTES)", "as a client: websockets.connect(url, max_size=BYTES)"],
            Remark = "None means no limit. Under uvicorn it is --ws-max-size BYTES.",
        },
        new("gorilla", "gorilla/websocket (Go)", Role.Server, Counts.Messages)
        {
            Setting = "SetReadLimit",
            TooBigReason = Nothing(),
            Syntax = ["connection.SetReadLimit(BYTES) // after upgrader.Upgrade, or after Dial"],
            Remark = "Without that call there is no limit: somebody set one. Upgrader.ReadBufferSize is no limit.",
        },
        new("tornado", "Tornado (Python)", Role.Server, Counts.Messages)
        {
            Setting = "websocket_max_message_size",
            Default = 10_485_760,
            TooBigReason = TornadoReason(),
            Syntax = ["tornado.web.Application(handlers, websocket_max_message_size=BYTES)", "as a client: websocket_connect(url, max_message_size=BYTES)"],
            Remark = "It logs nothing when it refuses.",
        },
        new("tomcat", "Tomcat (and Spring on it)", Role.Server, Counts.Messages)
        {
            Setting = "maxBinaryMessageBufferSize, maxTextMessageBufferSize",
            Default = 8_192,
            TooBigReason = TomcatReason(),
            Syntax =
            [
                "container.setDefaultMaxBinaryMessageBufferSize(BYTES); container.setDefaultMaxTextMessageBufferSize(BYTES);",
                "in web.xml: <context-param> org.apache.tomcat.websocket.binaryBufferSize and org.apache.tomcat.websocket.textBufferSize",
                "in Spring: @Bean ServletServerContainerFactoryBean with setMaxBinaryMessageBufferSize(BYTES) and setMaxTextMessageBufferSize(BYTES)",
                "for one endpoint: @OnMessage(maxMessageSize = BYTES), or session.setMaxBinaryMessageBufferSize(BYTES) and setMaxTextMessageBufferSize(BYTES)",
            ],
            Remark = "Text and binary have a buffer each. STOMP on Spring has a limit of its own behind it: registry.setMessageSizeLimit(BYTES), default 65,536.",
        },
        new("spring-stomp", "Spring STOMP", Role.Server, Counts.Messages)
        {
            Setting = "messageSizeLimit",
            Default = 65_536,
            Syntax = ["configureWebSocketTransport(registry): registry.setMessageSizeLimit(BYTES)", "in XML: <websocket:transport message-size=\"BYTES\"/>"],
            Remark = "The container below it has a buffer of its own (Tomcat: 8,192 bytes unless set), and both must be large enough.",
        },
        // spring-websocket, ConcurrentWebSocketSessionDecorator
        new("spring-send", "Spring's ConcurrentWebSocketSessionDecorator", Role.Server, Counts.Nothing)
        {
            Setting = "sendBufferSizeLimit",
            Default = 524_288,
            Syntax = ["configureWebSocketTransport(registry): registry.setSendBufferSizeLimit(BYTES).setSendTimeLimit(MILLISECONDS)"],
            Remark = "It counts what waits to be sent to one client, not a message.",
        },
        new("signalr", "SignalR (ASP.NET Core)", Role.Server, Counts.Messages)
        {
            Setting = "MaximumReceiveMessageSize",
            Default = 32_768,
            TooBigCode = 1000,
            TooBigReason = Nothing(),
            Syntax = ["services.AddSignalR(options => options.MaximumReceiveMessageSize = BYTES)", "for one hub: .AddHubOptions<MyHub>(options => options.MaximumReceiveMessageSize = BYTES)"],
            Remark = "null means no limit. It closes with 1000, as if all were well, and says why only in its own protocol and with EnableDetailedErrors. HttpConnectionDispatcherOptions.TransportMaxBufferSize and ApplicationMaxBufferSize are backpressure, no limit.",
        },
        new("kestrel", "ASP.NET Core (Kestrel)", Role.Server, Counts.Nothing)
        {
            Remark = "The framework has no limit: the application counts, or nobody does.",
        },
        new("dotnet", ".NET ClientWebSocket", Role.Server, Counts.Nothing)
        {
            Remark = "It has no limit of its own.",
        },
        new("browser", "a browser", Role.Server, Counts.Nothing)
        {
            Remark = "A browser only shows what the other side closed with.",
        },
        new("reassembly", "Reassembly", Role.Server, Counts.Messages)
        {
            Setting = "Reassembly:Limits:FrameBytes",
            Default = 65_536,
            TooBigReason = ReassemblyReason(),
            Syntax = ["--Reassembly:Limits:FrameBytes BYTES", "in the environment: Reassembly__Limits__FrameBytes=BYTES"],
            Remark = "It limits a chunk, not a payload: clients read it from welcome and cut what they send. Whole payloads: Reassembly:Limits:MessageBytes.",
        },
        // https://jetty.org/docs/jetty/12/programming-guide/server/websocket.html
        new("jetty", "Jetty", Role.Server, Counts.Messages)
        {
            Setting = "maxBinaryMessageSize, maxTextMessageSize",
            Default = 65_536,
            Syntax = ["container.setMaxBinaryMessageSize(BYTES); container.setMaxTextMessageSize(BYTES);", "Jakarta: container.setDefaultMaxBinaryMessageBufferSize(BYTES)"],
        },
        // https://github.com/spring-projects/spring-boot/issues/15720, https://github.com/http4s/http4s-netty/pull/675
        new("netty", "Netty (Reactor Netty, Spring WebFlux, Spring Cloud Gateway)", Role.Server, Counts.Frames)
        {
            Setting = "maxFramePayloadLength",
            Default = 65_536,
            Syntax =
            [
                "WebSocketServerProtocolConfig.newBuilder().maxFramePayloadLength(BYTES)",
                "Reactor Netty: WebsocketServerSpec.builder().maxFramePayloadLength(BYTES)",
                "Spring Cloud Gateway: spring.cloud.gateway.httpclient.websocket.max-frame-payload-length=BYTES",
            ],
            Remark = "It counts one frame; a WebSocketFrameAggregator behind it counts the message.",
        },
        // https://docs.aiohttp.org/en/stable/web_reference.html
        new("aiohttp", "aiohttp (Python)", Role.Server, Counts.Messages)
        {
            Setting = "max_msg_size",
            Default = 4_194_304,
            Syntax = ["web.WebSocketResponse(max_msg_size=BYTES)", "as a client: session.ws_connect(url, max_msg_size=BYTES)"],
        },
        // https://github.com/coder/websocket/issues/312
        new("coder", "coder/websocket (Go, once nhooyr)", Role.Server, Counts.Messages)
        {
            Setting = "SetReadLimit",
            Default = 32_768,
            Syntax = ["connection.SetReadLimit(BYTES) // -1: no limit"],
        },
        // https://docs.rs/tungstenite/latest/tungstenite/protocol/struct.WebSocketConfig.html
        new("tungstenite", "tungstenite (Rust; axum, warp)", Role.Server, Counts.Messages | Counts.Frames)
        {
            Setting = "max_message_size, max_frame_size",
            Default = 67_108_864,
            Syntax = ["WebSocketConfig::default().max_message_size(Some(BYTES)).max_frame_size(Some(BYTES))", "axum: ws.max_message_size(BYTES).max_frame_size(BYTES)"],
            Remark = "A frame has 16 MiB unless set. It ends the connection without a close frame.",
        },
        // https://github.com/theturtle32/WebSocket-Node/issues/403
        new("websocket-node", "WebSocket-Node ('websocket' on npm)", Role.Server, Counts.Messages | Counts.Frames)
        {
            Setting = "maxReceivedFrameSize, maxReceivedMessageSize",
            Default = 65_536,
            Syntax = ["new WebSocketServer({ httpServer, maxReceivedFrameSize: BYTES, maxReceivedMessageSize: BYTES })"],
        },
        // https://github.com/uNetworking/uWebSockets/issues/1321
        new("uwebsockets", "uWebSockets", Role.Server, Counts.Messages)
        {
            Setting = "maxPayloadLength",
            Default = 16_384,
            Syntax = ["app.ws('/*', { maxPayloadLength: BYTES })"],
            Remark = "It ends the connection without a close frame: clients see 1006.",
        },
        // https://nginx.org/en/docs/http/websocket.html
        new("nginx", "nginx", Role.Proxy, Counts.Nothing)
        {
            Syntax =
            [
                "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection \"upgrade\";",
                "proxy_read_timeout 3600s; proxy_send_timeout 3600s;",
            ],
            Remark = "It does not look into frames and has no limit for them: only its time-outs (60 s) end a WebSocket. client_max_body_size and proxy_buffers do not touch it; proxy_buffer_size only has to hold the head of the answer to the upgrade.",
        },
        // https://github.com/openresty/lua-resty-websocket, https://github.com/apache/apisix/pull/13972
        new("openresty", "OpenResty (Kong, APISIX, and proxies on lua-resty-websocket)", Role.Proxy, Counts.Frames)
        {
            Setting = "max_payload_len",
            Default = 65_535,
            Syntax = ["server:new({ max_payload_len = BYTES }), client:new({ max_payload_len = BYTES })", "Kong: the websocket-size-limit plugin: client_max_payload, upstream_max_payload"],
            Remark = "Only where Lua reads the frames; what goes through proxy_pass is handed on unread, as with nginx.",
        },
        new("envoy", "Envoy", Role.Proxy, Counts.Nothing) { Remark = "It hands frames on unread; its time-outs (stream_idle_timeout, route timeout) end a WebSocket." },
        new("apache", "Apache httpd", Role.Proxy, Counts.Nothing) { Remark = "It hands frames on unread; ProxyTimeout and ProxyWebsocketIdleTimeout end a WebSocket." },
        new("caddy", "Caddy", Role.Proxy, Counts.Nothing) { Remark = "It hands frames on unread." },
        new("cloudflare", "Cloudflare", Role.Proxy, Counts.Nothing) { Remark = "It hands frames on; what runs on it (Workers) has limits of its own." },
        // https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
        new("api-gateway", "AWS API Gateway", Role.Service, Counts.Messages | Counts.Frames)
        {
            IsFixed = true,
            Remark = "32 KB a frame and 128 KB a message; neither can be raised. Send messages that are smaller.",
        },
        // https://learn.microsoft.com/azure/azure-web-pubsub/
        new("web-pubsub", "Azure Web PubSub", Role.Service, Counts.Messages)
        {
            IsFixed = true,
            Remark = "1 MB a message; it cannot be raised. Send messages that are smaller.",
        },
        // https://learn.microsoft.com/azure/azure-signalr/
        new("azure-signalr", "Azure SignalR Service", Role.Service, Counts.Messages)
        {
            Setting = "MaximumReceiveMessageSize",
            Default = 32_768,
            Syntax = ["services.AddSignalR(options => options.MaximumReceiveMessageSize = BYTES).AddAzureSignalR()"],
            Remark = "The hub's limit counts; the service has 1 MB a message of its own.",
        },
    ];

    public static Library Get(string id) => All.First(library => library.Id == id);

    [GeneratedRegex("^$")]
    private static partial Regex Nothing();

    [GeneratedRegex(@"^$|over size limit|exceeds limit of")]
    private static partial Regex WebsocketsReason();

    [GeneratedRegex("^message too big$")]
    private static partial Regex TornadoReason();

    [GeneratedRegex("^No async message support and buffer too small|^The decoded text message was too big for the output buffer")]
    private static partial Regex TomcatReason();

    [GeneratedRegex(@"^frame of \d+ bytes exceeds the limit of \d+ bytes|^message of \d+ bytes")]
    private static partial Regex ReassemblyReason();
}
