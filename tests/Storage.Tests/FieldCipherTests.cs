using System.Security.Cryptography;
using System.Text;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Microsoft.Extensions.Configuration;

namespace Marketplace.Storage.Tests;

public sealed class FieldCipherTests
{
    private static readonly string[] Context = ["org_1", "bil_1", "secret-key"];

    [Fact]
    public void A_field_reads_back_in_its_own_place_and_never_looks_the_same_twice()
    {
        var cipher = Cipher(TestSecrets.EncryptionKey);
        var one = cipher.Encrypt("sk_test_1", Context);

        Assert.Equal("sk_test_1", cipher.Decrypt(one, Context));
        Assert.NotEqual(one, cipher.Encrypt("sk_test_1", Context));
        Assert.DoesNotContain("sk_test_1", one, StringComparison.Ordinal);
        Assert.Equal("", cipher.Decrypt(cipher.Encrypt("", Context), Context));
    }

    [Theory]
    [InlineData("org_2", "bil_1", "secret-key")]
    [InlineData("org_1", "bil_2", "secret-key")]
    [InlineData("org_1", "bil_1", "webhook-secret")]
    public void A_field_moved_to_another_tenant_integration_or_column_does_not_read(params string[] elsewhere)
    {
        var cipher = Cipher(TestSecrets.EncryptionKey);
        var field = cipher.Encrypt("sk_test_1", Context);

        Assert.ThrowsAny<CryptographicException>(() => cipher.Decrypt(field, elsewhere));
    }

    [Fact]
    public void A_field_of_another_key_names_the_key_and_the_settings()
    {
        var field = Cipher(TestSecrets.EncryptionKey).Encrypt("sk_test_1", Context);

        var refused = Assert.Throws<CryptographicException>(() => Cipher(NewKey()).Decrypt(field, Context));

        Assert.Contains("Encryption__OldKeys", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sk_test", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fields_of_an_old_key_read_after_a_rotation_and_new_ones_use_the_new_key()
    {
        var field = Cipher(TestSecrets.EncryptionKey).Encrypt("sk_test_1", Context);
        var rotated = Cipher(NewKey(), TestSecrets.EncryptionKey);

        Assert.Equal("sk_test_1", rotated.Decrypt(field, Context));
        Assert.NotEqual(field.Split('.')[1], rotated.Encrypt("sk_test_1", Context).Split('.')[1]);
    }

    [Fact]
    public void A_renewed_field_is_under_the_new_key_alone_and_stays_in_its_place()
    {
        var field = Cipher(TestSecrets.EncryptionKey).Encrypt("sk_test_1", Context);
        var next = NewKey();
        var rotating = Cipher(next, TestSecrets.EncryptionKey);
        var renewed = rotating.Renew(field, Context);

        Assert.Equal("sk_test_1", Cipher(next).Decrypt(renewed, Context));
        Assert.Equal(rotating.CurrentKey, FieldCipher.KeyOf(renewed));
        Assert.Equal(FieldCipher.KeyOf(field), Assert.Single(rotating.OldKeys));
        Assert.Equal(renewed, rotating.Renew(renewed, Context));
        Assert.ThrowsAny<CryptographicException>(() => rotating.Renew(field, "org_2", "bil_1", "secret-key"));
    }

    [Fact]
    public void Whatever_is_no_ciphertext_of_ours_is_refused_as_one()
    {
        var cipher = Cipher(TestSecrets.EncryptionKey);
        var parts = cipher.Encrypt("sk_test_1", Context).Split('.');
        string[] broken = ["", "plain", $"v2.{parts[1]}.{parts[2]}", $"v1.{parts[1]}.AAAA", $"v1.{parts[1]}.not*base64", $"v1.{parts[1]}.{Changed(parts[2])}"];

        Assert.All(broken, text => Assert.ThrowsAny<CryptographicException>(() => cipher.Decrypt(text, Context)));
    }

    [Theory]
    [InlineData("short")]
    [InlineData("c2l4dGVlbiBieXRlcyEhIQ==")]
    public void A_key_of_the_wrong_form_stops_the_start_with_the_fix(string key)
    {
        var refused = Assert.Throws<InvalidOperationException>(() => Cipher(key));

        Assert.Contains("openssl rand -base64 32", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(key, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_keyed_hash_is_the_same_for_the_same_content_key_and_purpose_only()
    {
        var other = NewKey();
        async Task<byte[]> Of(FieldCipher cipher, string text, string purpose) => (await cipher.Hash(new MemoryStream(Encoding.UTF8.GetBytes(text)), purpose, default))[0];
        var hash = await Of(Cipher(TestSecrets.EncryptionKey), "a password", "one");

        Assert.Equal(hash, await Of(Cipher(TestSecrets.EncryptionKey), "a password", "one"));
        Assert.NotEqual(hash, await Of(Cipher(other), "a password", "one"));
        Assert.NotEqual(hash, await Of(Cipher(TestSecrets.EncryptionKey), "a password", "two"));
        Assert.NotEqual(hash, await Of(Cipher(TestSecrets.EncryptionKey), "b password", "one"));
        Assert.Equal([hash], (await Cipher(other, TestSecrets.EncryptionKey).Hash(new MemoryStream("a password"u8.ToArray()), "one", default)).Skip(1));
        await Assert.ThrowsAsync<InvalidOperationException>(() => new FieldCipher(new ConfigurationBuilder().Build()).Hash(new MemoryStream(), "one", default));
    }

    [Fact]
    public void Without_a_key_nothing_is_stored_in_the_clear() =>
        Assert.Throws<InvalidOperationException>(() => new FieldCipher(new ConfigurationBuilder().Build()).Encrypt("sk_test_1", Context));

    private static string Changed(string text) => (text[0] == 'A' ? 'B' : 'A') + text[1..];

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private static FieldCipher Cipher(string key, params string[] old) => new(new ConfigurationBuilder().AddInMemoryCollection(
        old.Select((k, i) => KeyValuePair.Create($"Encryption:OldKeys:{i}", (string?)k)).Append(new("Encryption:Key", key))).Build());
}
