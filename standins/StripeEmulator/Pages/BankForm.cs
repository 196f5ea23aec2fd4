namespace Marketplace.StripeEmulator.Pages;

/// <summary>The field in which people choose a test bank, the same on every page.</summary>
public static class BankForm
{
    public const string Fields = """
        <label for="bank_account">Test bank account</label>
        <select id="bank_account" name="bank_account">
        <option value="000123456789" selected>Test bank: the payment succeeds</option>
        <option value="000111111113">Test bank: the account is closed</option>
        <option value="000222222227">Test bank: insufficient funds</option>
        </select>
        """;
}
