namespace Reassembly.Cli.Doctor.Wire;

/// <summary>Frame types of RFC 6455, section 5.2.</summary>
internal static class Opcode
{
    public const byte Continuation = 0;
    public const byte Text = 1;
    public const byte Binary = 2;
    public const byte Close = 8;
    public const byte Ping = 9;
    public const byte Pong = 10;

    /// <summary>Reserved: every library must refuse it, and most say so in words of their own.</summary>
    public const byte Reserved = 3;

    public static bool IsControl(byte opcode) => opcode >= Close;
}
