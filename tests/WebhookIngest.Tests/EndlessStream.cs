namespace Marketplace.WebhookIngest.Tests;

/// <summary>A body without an end: fast, or one byte and then nothing until the sender gives up.</summary>
public sealed class EndlessStream(bool fast) : Stream
{
    private bool begun;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get; set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (begun && !fast)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        begun = true;
        return fast ? buffer.Length : 1;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
