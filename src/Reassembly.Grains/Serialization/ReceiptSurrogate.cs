using System.Buffers;
using Orleans.Serialization.Cloning;
using Reassembly.Core.Routing;
using Reassembly.Protocol.Control;

namespace Reassembly.Grains.Serialization;

/// <summary>A receipt between two silos: the JSON that its answer and its errors have on the socket.</summary>
[GenerateSerializer]
[Alias("reassembly.receipt")]
internal struct ReceiptSurrogate
{
    [Id(0)]
    public byte[]? Answer;

    [Id(1)]
    public byte[][] Errors;
}

[RegisterConverter]
internal sealed class ReceiptConverter : IConverter<Receipt, ReceiptSurrogate>
{
    public ReceiptSurrogate ConvertToSurrogate(in Receipt value) => new()
    {
        Answer = value.Answer is { } answer ? Write(answer) : null,
        Errors = [.. value.Errors.Select(static error => Write(ErrorMessage.From(error)))],
    };

    public Receipt ConvertFromSurrogate(in ReceiptSurrogate surrogate)
        => new(surrogate.Answer is { } answer ? Read(answer) : null, [.. surrogate.Errors.Select(static error => ((ErrorMessage)Read(error)).ToError())]);

    private static byte[] Write(ServerMessage message)
    {
        var json = new ArrayBufferWriter<byte>();
        ControlWriter.Write(json, message);
        return json.WrittenSpan.ToArray();
    }

    private static ServerMessage Read(byte[] json)
        => ControlReader.TryReadServer(json, out var message, out var error) ? message! : throw new InvalidDataException($"A receipt from another node cannot be read: {error!.Message}.");
}

/// <summary>The same receipt on the same silo: it is immutable.</summary>
[RegisterCopier]
internal sealed class ReceiptCopier : ShallowCopier<Receipt>;
