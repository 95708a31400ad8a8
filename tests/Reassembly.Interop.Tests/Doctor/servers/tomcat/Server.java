import jakarta.websocket.CloseReason;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.util.ServerInfo;
import org.apache.tomcat.websocket.server.WsSci;

/** A server on Tomcat with a limit: Server PORT LIMIT MODE; echo gives every message back, discard says nothing. */
public final class Server {
    private static int limit;
    private static boolean echo;

    public static void main(String[] arguments) throws Exception {
        limit = Integer.parseInt(arguments[1]);
        echo = arguments[2].equals("echo");
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(Files.createTempDirectory(java.nio.file.Path.of("."), "tomcat-").toString());
        tomcat.setPort(Integer.parseInt(arguments[0]));
        tomcat.getConnector().setProperty("address", "127.0.0.1");
        Context context = tomcat.addContext("", null);
        context.addServletContainerInitializer(new WsSci(), null);
        context.addApplicationListener(Deployer.class.getName());
        Tomcat.addServlet(context, "default", new org.apache.catalina.servlets.DefaultServlet());
        context.addServletMappingDecoded("/", "default");
        tomcat.start();
        System.out.println("Listening: " + ServerInfo.getServerInfo());
        tomcat.getServer().await();
    }

    /** Sets the container's limits as an application does, and adds the endpoint. */
    public static final class Deployer implements jakarta.servlet.ServletContextListener {
        @Override
        public void contextInitialized(jakarta.servlet.ServletContextEvent event) {
            ServerContainer container = (ServerContainer) event.getServletContext().getAttribute(ServerContainer.class.getName());
            container.setDefaultMaxBinaryMessageBufferSize(limit);
            container.setDefaultMaxTextMessageBufferSize(limit);
            try {
                container.addEndpoint(ServerEndpointConfig.Builder.create(Peer.class, "/").build());
            } catch (jakarta.websocket.DeploymentException exception) {
                throw new IllegalStateException(exception);
            }
        }
    }

    public static final class Peer extends Endpoint {
        @Override
        public void onOpen(Session session, EndpointConfig config) {
            session.addMessageHandler(ByteBuffer.class, (MessageHandler.Whole<ByteBuffer>) message -> send(() -> session.getBasicRemote().sendBinary(message)));
            session.addMessageHandler(String.class, (MessageHandler.Whole<String>) message -> send(() -> session.getBasicRemote().sendText(message)));
        }

        @Override
        public void onClose(Session session, CloseReason reason) {
            System.err.println("closed: " + reason);
        }

        @Override
        public void onError(Session session, Throwable error) {
            System.err.println("error: " + error);
        }

        private static void send(Sending sending) {
            if (!echo) {
                return;
            }
            try {
                sending.run();
            } catch (IOException exception) {
                throw new UncheckedIOException(exception);
            }
        }

        private interface Sending {
            void run() throws IOException;
        }
    }
}
