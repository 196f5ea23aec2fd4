using Marketplace.Operations;

if (args is not ["check", ..] || Option("--gateway") is not { } gateway || Option("--operator") is not { } email)
{
    Console.Error.WriteLine("operations check --gateway URL --operator EMAIL; the password in OPERATOR_PASSWORD");
    return 2;
}

try
{
    using var client = await OperatorClient.SignIn(new Uri(gateway), email, Environment.GetEnvironmentVariable("OPERATOR_PASSWORD") ?? "");
    return await Books.Check(client, Console.WriteLine) ? 0 : 1;
}
catch (HttpRequestException exception)
{
    Console.Error.WriteLine($"FAILED: {exception.Message}");
    return 1;
}

string? Option(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;
