namespace Marketplace.Invoicing.Tests;

public sealed class StripeKeyFormTests
{
    [Theory]
    [InlineData("pk_test_51AbCdEfGhIjKlMnOpQrStUvWxYz0123456789", "pk", false, "acct_1AbCdEfGhIjKlMnOp")]
    [InlineData("sk_live_51AbCdEfGhIjKlMnOpQrStUvWxYz0123456789", "sk", true, "acct_1AbCdEfGhIjKlMnOp")]
    [InlineData("rk_test_51AbCdEfGhIjKlMnOpQrStUvWxYz0123456789", "rk", false, "acct_1AbCdEfGhIjKlMnOp")]
    [InlineData("sk_test_4eC39HqLyjWDarjtT1zdp7dc", "sk", false, null)]
    public void A_key_tells_kind_mode_and_account(string key, string kind, bool livemode, string? account) =>
        Assert.Equal(new StripeKeyForm(kind, livemode, account), StripeKeyForm.Read(key));

    [Theory]
    [InlineData("")]
    [InlineData("sk_test_")]
    [InlineData("sk_prod_51AbCdEfGhIjKlMnOpQrStUv")]
    [InlineData("whsec_51AbCdEfGhIjKlMnOpQrStUv")]
    [InlineData("sk_test_51AbCdEfGhIjKlMnOpQrStUv\nX-Injected: 1")]
    public void What_is_no_key_is_not_read(string text) => Assert.Null(StripeKeyForm.Read(text));

    [Fact]
    public void A_masked_key_shows_its_kind_and_four_characters() =>
        Assert.Equal("rk_test_…6789", StripeKeyForm.Mask("rk_test_51AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"));
}
