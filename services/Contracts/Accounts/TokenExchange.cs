namespace Marketplace.Contracts.Accounts;

/// <summary>Body of <c>POST /internal/token-exchange</c>: the token that a client presented to the gateway.</summary>
public sealed record TokenExchangeRequest(string Token);

/// <summary>The internal token that services accept, with the memberships held at this moment. 401 when the client's token is not or no longer valid.</summary>
public sealed record TokenExchangeAnswer(string InternalToken);
