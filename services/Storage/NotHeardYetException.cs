namespace Marketplace.Storage;

/// <summary>A message is about something that another message is to tell first. Queues are not in step: it is waited for, some ten minutes from the first attempt on, however old the message
/// is; after that it is parked (<see cref="ParkingFilter{T}"/>).</summary>
public sealed class NotHeardYetException(string message) : Exception(message);
