using System.Text.Json;

namespace Stripe;

public static class StripeConfiguration
{
    private static readonly Lock Gate = new();
    private static IStripeClient stripeClient;

    public static string ApiVersion => "2026-07-29.dahlia";
    public static string StripeNetVersion => "52.2.0";
    public static string ApiKey { get; set => Change(ref field, value); }
    public static string ClientId { get; set => Change(ref field, value); }
    public static int MaxNetworkRetries { get; set => Change(ref field, value); } = SystemNetHttpClient.DefaultMaxNumberRetries;
    public static bool EnableTelemetry { get; set => Change(ref field, value); } = true;

    public static AppInfo AppInfo
    {
        internal get;
        set => Change(ref field, value is null || !string.IsNullOrEmpty(value.Name) ? value : throw new ArgumentException("AppInfo.Name cannot be empty"));
    }

    public static JsonSerializerOptions SerializerOptions { get; set; } = DefaultStjSerializerOptions();

    /// <summary>The client of services that are made without one.</summary>
    public static IStripeClient StripeClient
    {
        get
        {
            lock (Gate)
            {
                return stripeClient ??= new StripeClient(ApiKey, ClientId, new SystemNetHttpClient(null, MaxNetworkRetries, AppInfo, EnableTelemetry));
            }
        }

        set
        {
            lock (Gate)
            {
                stripeClient = value;
            }
        }
    }

    internal static JsonSerializerOptions IndentedSerializerOptions { get; } = new(DefaultStjSerializerOptions()) { WriteIndented = true };

    public static JsonSerializerOptions DefaultStjSerializerOptions() => new() { MaxDepth = 128 };

    private static void Change<T>(ref T setting, T value)
    {
        if (!EqualityComparer<T>.Default.Equals(setting, value))
        {
            StripeClient = null;
        }

        setting = value;
    }
}
