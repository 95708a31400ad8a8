namespace Reassembly.Cli.Doctor.Probing;

/// <summary>How the bytes of one trial are cut into frames.</summary>
internal enum TrialShape
{
    /// <summary>A message of one frame: passes where both the frame and the message are small enough.</summary>
    Single,

    /// <summary>A message of many frames, each small enough by itself: passes where the message is small enough.</summary>
    Fragmented,

    /// <summary>One frame that does not end its message: nobody hands it on or answers it, so that it tries one direction alone.</summary>
    Unfinished,
}
