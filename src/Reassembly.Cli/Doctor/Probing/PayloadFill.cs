namespace Reassembly.Cli.Doctor.Probing;

/// <summary>Writes any part of a message of any size, without the message ever being in memory.</summary>
internal static class PayloadFill
{
    /// <param name="at">Offset of the target in the message.</param>
    /// <param name="size">Bytes of the whole message.</param>
    public static void Write(PayloadKind kind, Span<byte> target, long at, long size)
    {
        var (head, filler, tail) = Parts(kind);
        target.Fill(filler);
        for (var index = at; index < Math.Min(head.Length, at + target.Length); index++)
        {
            target[(int)(index - at)] = head[(int)index];
        }

        for (var index = Math.Max(at, size - tail.Length); index < at + target.Length; index++)
        {
            target[(int)(index - at)] = tail[(int)(index - (size - tail.Length))];
        }
    }

    private static (byte[] Head, byte Filler, byte[] Tail) Parts(PayloadKind kind) => kind switch
    {
        PayloadKind.Text => ("\""u8.ToArray(), (byte)'a', "\""u8.ToArray()),
        PayloadKind.HubCall => ("{\"type\":1,\"invocationId\":\"1\",\"target\":\"Reassembly.Doctor\",\"arguments\":[]"u8.ToArray(), (byte)' ', "}\u001e"u8.ToArray()),
        _ => ([], 0, []),
    };
}
