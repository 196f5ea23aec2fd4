namespace Marketplace.Story;

/// <summary>A step was not as it must be.</summary>
public sealed class StoryException(string message) : Exception(message);
