using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Marketplace.Benchmarks;

/// <summary>Events as Stripe signs and sends them: whole HTTP requests, each with an event and an invoice of its own, about 2.8 kB of JSON.</summary>
public static class SignedEvents
{
    private static int last;

    public static List<byte[]> Make(int count, string path, string secret)
    {
        var key = Encoding.UTF8.GetBytes(secret);
        var time = DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var body = Encoding.UTF8.GetBytes(Event($"{Interlocked.Increment(ref last):d8}{Environment.ProcessId:d7}"));
            byte[] signed = [.. Encoding.ASCII.GetBytes(time), (byte)'.', .. body];
            var head = $"POST {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Stripe/1.0 (+https://stripe.com/docs/webhooks)\r\nContent-Type: application/json; charset=utf-8\r\n"
                + $"Stripe-Signature: t={time},v1={Convert.ToHexStringLower(HMACSHA256.HashData(key, signed))}\r\nContent-Length: {body.Length}\r\n\r\n";
            return (byte[])[.. Encoding.ASCII.GetBytes(head), .. body];
        })];
    }

    private static string Event(string n) =>
        $$"""
        {"id":"evt_{{n}}","object":"event","api_version":"2026-07-29.dahlia","created":1768467600,"data":{"object":{"id":"in_{{n}}","object":"invoice","account_country":"US",
        "account_name":"Benchmark","amount_due":2500,"amount_paid":2500,"amount_remaining":0,"attempt_count":1,"attempted":true,"billing_reason":"manual","collection_method":"send_invoice",
        "created":1768467600,"currency":"usd","customer":"cus_{{n}}","customer_email":"ada@example.com","customer_name":"Ada Lovelace","description":"Order {{n}}",
        "due_date":1769677200,"hosted_invoice_url":"https://invoice.stripe.com/i/acct_1/test_{{n}}","invoice_pdf":"https://pay.stripe.com/invoice/acct_1/test_{{n}}/pdf",
        "lines":{"object":"list","data":[{{string.Join(',', Enumerable.Range(0, 3).Select(line => Line(n, line)))}}],"has_more":false,"total_count":3,"url":"/v1/invoices/in_{{n}}/lines"},
        "livemode":false,"metadata":{"marketplace_id":"inv_{{n}}","marketplace_integration":"bil_benchmark","marketplace_organization":"org_{{n}}"},"number":"B-{{n}}","paid":true,
        "period_end":1768467600,"period_start":1765789200,"status":"paid","status_transitions":{"finalized_at":1768467600,"marked_uncollectible_at":null,"paid_at":1768467601,"voided_at":null},
        "subtotal":2500,"total":2500} },"livemode":false,"pending_webhooks":1,"request":{"id":null,"idempotency_key":null},"type":"invoice.paid"}
        """;

    private static string Line(string n, int line) =>
        $$"""
        {"id":"il_{{n}}{{line}}","object":"line_item","amount":833,"currency":"usd","description":"Calls of the Gold plan from 1 to 31 January","discountable":true,"livemode":false,"metadata":
        {"marketplace_line":"{{line}}"},"period":{"end":1768467600,"start":1765789200},"pricing":{"type":"price_details","unit_amount_decimal":"833"},"quantity":1}
        """;
}
