using System.Buffers;
using Orleans.Serialization.Cloning;
using Reassembly.Protocol.Control;

namespace Reassembly.Grains.Serialization;

/// <summary>An <c>open</c> between two silos: the JSON that it has on the socket.</summary>
[GenerateSerializer]
[Alias("reassembly.open")]
internal struct OpenMessageSurrogate
{
    [Id(0)]
    public byte[] Json;
}

[RegisterConverter]
internal sealed class OpenMessageConverter : IConverter<OpenMessage, OpenMessageSurrogate>
{
    public OpenMessageSurrogate ConvertToSurrogate(in OpenMessage value)
    {
        var json = new ArrayBufferWriter<byte>();
        ControlWriter.Write(json, value);
        return new OpenMessageSurrogate { Json = json.WrittenSpan.ToArray() };
    }

    public OpenMessage ConvertFromSurrogate(in OpenMessageSurrogate surrogate)
        => ControlReader.TryReadClient(surrogate.Json, out var message, out var error)
            ? (OpenMessage)message!
            : throw new InvalidDataException($"An open from another node cannot be read: {error!.Message}.");
}

/// <summary>The same open on the same silo: it is immutable.</summary>
[RegisterCopier]
internal sealed class OpenMessageCopier : ShallowCopier<OpenMessage>;
