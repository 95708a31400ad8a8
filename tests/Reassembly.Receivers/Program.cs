using Microsoft.Extensions.Configuration;
using Reassembly.Receivers;
using Reassembly.Testing.Receiving;

// Started by tests, and ended by SIGKILL; see ReceiverProcess for what it is told.
var settings = new ConfigurationBuilder().AddCommandLine(args).Build();
using var log = new ReceiptLog(settings["receipts"]!);
var work = new Work(settings.GetValue<int>("workMs"), settings.GetValue<int>("seed"));
await (settings["mode"] == "webhook"
    ? new WebhookServer(settings["secret"]!, work, log).RunAsync(settings["urls"]!)
    : new SubscribingClient(settings, work, log).RunAsync());
