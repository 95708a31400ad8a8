namespace Reassembly.Testing.Proxying;

/// <summary>What happens on a frame that is too big.</summary>
public enum FrameRefusal
{
    /// <summary>A close frame with 1009 to the client.</summary>
    Close,

    /// <summary>The connection is torn down.</summary>
    Reset,

    /// <summary>The frame vanishes, and the connection stays.</summary>
    Swallow,
}
