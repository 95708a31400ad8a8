namespace Reassembly.Core.Storage;

/// <summary>
/// Under which an entry is taken for a time, by somebody who may answer at any node: the answer must give the token. Attempts are numbers that
/// anybody can guess, and the same message may be in other hands by then.
/// </summary>
/// <param name="Token">Made anew for each taking, from chance that nobody can foresee.</param>
/// <param name="Until">When somebody else may take the entry.</param>
public sealed record DeliveryClaim(Guid Token, DateTimeOffset Until);
