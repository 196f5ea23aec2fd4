using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Marketplace.AppHost;

/// <summary>Speaks the first sentence of a server's protocol. An open port is not enough: both servers listen, or are restarted, before they serve.</summary>
public abstract class WireCheck : IHealthCheck
{
    /// <summary>Where the server listens.</summary>
    public EndpointReference? Endpoint { get; set; }

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            using var connection = new TcpClient();
            await connection.ConnectAsync("127.0.0.1", Endpoint!.Port, cancellationToken);
            return await Serves(connection.GetStream(), cancellationToken)
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy("It listens, but does not serve yet.");
        }
        catch (Exception none) when (none is SocketException or IOException)
        {
            return HealthCheckResult.Unhealthy(none.Message);
        }
    }

    /// <summary>Whether the server answers as one that serves.</summary>
    protected abstract Task<bool> Serves(NetworkStream stream, CancellationToken cancellation);
}

/// <summary>PostgreSQL asks for the password once it takes connections; while it starts or recovers it answers with an error.</summary>
public sealed class PostgresAnswers : WireCheck
{
    private const int Protocol3 = 3 << 16;

    /// <inheritdoc/>
    protected override async Task<bool> Serves(NetworkStream stream, CancellationToken cancellation)
    {
        var parameters = Encoding.ASCII.GetBytes("user\0postgres\0database\0postgres\0\0");
        var startup = new byte[8 + parameters.Length];
        BinaryPrimitives.WriteInt32BigEndian(startup, startup.Length);
        BinaryPrimitives.WriteInt32BigEndian(startup.AsSpan(4), Protocol3);
        parameters.CopyTo(startup, 8);
        await stream.WriteAsync(startup, cancellation);
        var answer = new byte[1];
        await stream.ReadExactlyAsync(answer, cancellation);
        return answer[0] == (byte)'R';
    }
}

/// <summary>RabbitMQ opens its listener when all else is up, and begins with the method frame Connection.Start.</summary>
public sealed class RabbitMqAnswers : WireCheck
{
    /// <inheritdoc/>
    protected override async Task<bool> Serves(NetworkStream stream, CancellationToken cancellation)
    {
        await stream.WriteAsync("AMQP\0\0\u0009\u0001"u8.ToArray(), cancellation);
        var answer = new byte[1];
        await stream.ReadExactlyAsync(answer, cancellation);
        return answer[0] == 1;
    }
}
