namespace Reassembly.Core.Storage;

/// <summary>
/// The place of a dead letter in its channel's list. A message has one for each sink that did not take it, so its id alone would not do; and the
/// place stays one when the letter is sent again or dropped.
/// </summary>
/// <param name="Committed">The place of the message's commit among all, in its store.</param>
/// <param name="Sink">The sink's name.</param>
public readonly record struct DeadLetterPlace(long Committed, string Sink);
