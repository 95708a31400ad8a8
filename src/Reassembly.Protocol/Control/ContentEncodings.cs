namespace Reassembly.Protocol.Control;

/// <summary>The values of <c>contentEncoding</c>: how the payload was compressed before it was cut.</summary>
public static class ContentEncodings
{
    public const string Identity = "identity";

    public const string Gzip = "gzip";

    public const string Brotli = "br";

    public static bool IsKnown(string value) => value is Identity or Gzip or Brotli;
}
