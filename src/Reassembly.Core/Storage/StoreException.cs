namespace Reassembly.Core.Storage;

/// <summary>The store cannot do its work now. Its message is one sentence that names the place, such as a path; the sender gets <c>NOT_DURABLE</c>.</summary>
public sealed class StoreException(string message, Exception? innerException = null) : Exception(message, innerException);
