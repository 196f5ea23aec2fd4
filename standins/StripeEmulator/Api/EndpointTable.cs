using Marketplace.StripeEmulator.Metering;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Time;

namespace Marketplace.StripeEmulator.Api;

/// <summary>Every endpoint under /v1, one line each: verb, path, what a restricted key needs, who answers.</summary>
public static class EndpointTable
{
    public static readonly Endpoint[] All =
    [
        new("GET", "/v1/account", "accounts_kyc_basic", Accounts.Current),
        new("GET", "/v1/accounts/{id}", "accounts_kyc_basic", Accounts.Retrieve),

        new("POST", "/v1/customers", "customer", Customers.Create),
        new("GET", "/v1/customers", "customer", Customers.List),
        new("GET", "/v1/customers/search", "customer", Customers.Search),
        new("GET", "/v1/customers/{id}", "customer", Customers.Retrieve),
        new("POST", "/v1/customers/{id}", "customer", Customers.Update),
        new("DELETE", "/v1/customers/{id}", "customer", Customers.Delete),
        new("POST", "/v1/customers/{id}/balance_transactions", "customer", Balances.Create),
        new("GET", "/v1/customers/{id}/balance_transactions", "customer", Balances.List),
        new("GET", "/v1/customers/{id}/balance_transactions/{transaction}", "customer", Balances.Retrieve),
        new("POST", "/v1/customers/{id}/balance_transactions/{transaction}", "customer", Balances.Update),
        new("GET", "/v1/customers/{id}/payment_methods", "customer", Customers.ListMethods),
        new("GET", "/v1/customers/{id}/payment_methods/{method}", "customer", Customers.RetrieveMethod),

        new("POST", "/v1/payment_methods", "payment_method", PaymentMethods.Create, Publishable: true),
        new("GET", "/v1/payment_methods", "payment_method", PaymentMethods.List),
        new("GET", "/v1/payment_methods/{id}", "payment_method", PaymentMethods.Retrieve),
        new("POST", "/v1/payment_methods/{id}", "payment_method", PaymentMethods.Update),
        new("POST", "/v1/payment_methods/{id}/attach", "payment_method", PaymentMethods.Attach),
        new("POST", "/v1/payment_methods/{id}/detach", "payment_method", PaymentMethods.Detach),

        new("POST", "/v1/payment_intents", "payment_intent", PaymentIntents.Create),
        new("GET", "/v1/payment_intents", "payment_intent", PaymentIntents.List),
        new("GET", "/v1/payment_intents/search", "payment_intent", PaymentIntents.Search),
        new("GET", "/v1/payment_intents/{id}", "payment_intent", PaymentIntents.Retrieve, Publishable: true),
        new("POST", "/v1/payment_intents/{id}", "payment_intent", PaymentIntents.Update),
        new("POST", "/v1/payment_intents/{id}/confirm", "payment_intent", PaymentIntents.Confirm),
        new("POST", "/v1/payment_intents/{id}/cancel", "payment_intent", PaymentIntents.Cancel),

        new("POST", "/v1/setup_intents", "setup_intent", SetupIntents.Create),
        new("GET", "/v1/setup_intents", "setup_intent", SetupIntents.List),
        new("GET", "/v1/setup_intents/{id}", "setup_intent", SetupIntents.Retrieve, Publishable: true),
        new("POST", "/v1/setup_intents/{id}", "setup_intent", SetupIntents.Update),
        new("POST", "/v1/setup_intents/{id}/confirm", "setup_intent", SetupIntents.Confirm, Publishable: true),
        new("POST", "/v1/setup_intents/{id}/cancel", "setup_intent", SetupIntents.Cancel),

        new("POST", "/v1/refunds", "charge", Refunds.Create),
        new("GET", "/v1/refunds", "charge", Refunds.List),
        new("GET", "/v1/refunds/{id}", "charge", Refunds.Retrieve),
        new("POST", "/v1/refunds/{id}", "charge", Refunds.Update),
        new("POST", "/v1/refunds/{id}/cancel", "charge", Refunds.Cancel),
        new("GET", "/v1/charges/{id}/refunds", "charge", Refunds.ListOfCharge),

        new("GET", "/v1/balance", "balance", Ledger.Balance),
        new("GET", "/v1/balance_transactions", "balance", Ledger.List),
        new("GET", "/v1/balance_transactions/{id}", "balance", Ledger.Retrieve),

        new("GET", "/v1/charges", "charge", Charges.List),
        new("GET", "/v1/charges/search", "charge", Charges.Search),
        new("GET", "/v1/charges/{id}", "charge", Charges.Retrieve),
        new("POST", "/v1/charges/{id}", "charge", Charges.Update),

        new("POST", "/v1/invoices", "invoice", Invoices.Create),
        new("GET", "/v1/invoices", "invoice", Invoices.List),
        new("GET", "/v1/invoices/search", "invoice", Invoices.Search),
        new("GET", "/v1/invoices/{id}", "invoice", Invoices.Retrieve),
        new("POST", "/v1/invoices/{id}", "invoice", Invoices.Update),
        new("DELETE", "/v1/invoices/{id}", "invoice", Invoices.Delete),
        new("POST", "/v1/invoices/{id}/finalize", "invoice", InvoiceActions.Finalize),
        new("POST", "/v1/invoices/{id}/pay", "invoice", InvoiceActions.Pay),
        new("POST", "/v1/invoices/{id}/send", "invoice", InvoiceActions.Send),
        new("POST", "/v1/invoices/{id}/void", "invoice", InvoiceActions.Void),
        new("POST", "/v1/invoices/{id}/mark_uncollectible", "invoice", InvoiceActions.MarkUncollectible),
        new("GET", "/v1/invoices/{id}/lines", "invoice", InvoiceLines.List),
        new("POST", "/v1/invoices/{id}/lines/{line}", "invoice", InvoiceLines.UpdateLine),
        new("POST", "/v1/invoices/{id}/add_lines", "invoice", InvoiceLines.AddLines),
        new("POST", "/v1/invoices/{id}/update_lines", "invoice", InvoiceLines.UpdateLines),
        new("POST", "/v1/invoices/{id}/remove_lines", "invoice", InvoiceLines.RemoveLines),

        new("POST", "/v1/invoiceitems", "invoice", InvoiceItems.Create),
        new("GET", "/v1/invoiceitems", "invoice", InvoiceItems.List),
        new("GET", "/v1/invoiceitems/{id}", "invoice", InvoiceItems.Retrieve),
        new("POST", "/v1/invoiceitems/{id}", "invoice", InvoiceItems.Update),
        new("DELETE", "/v1/invoiceitems/{id}", "invoice", InvoiceItems.Delete),

        new("GET", "/v1/invoice_payments", "invoice", InvoicePayments.List),
        new("GET", "/v1/invoice_payments/{id}", "invoice", InvoicePayments.Retrieve),

        new("POST", "/v1/products", "product", Products.Create),
        new("GET", "/v1/products", "product", Products.List),
        new("GET", "/v1/products/search", "product", Products.Search),
        new("GET", "/v1/products/{id}", "product", Products.Retrieve),
        new("POST", "/v1/products/{id}", "product", Products.Update),
        new("DELETE", "/v1/products/{id}", "product", Products.Delete),
        new("POST", "/v1/prices", "plan", Prices.Create),
        new("GET", "/v1/prices", "plan", Prices.List),
        new("GET", "/v1/prices/search", "plan", Prices.Search),
        new("GET", "/v1/prices/{id}", "plan", Prices.Retrieve),
        new("POST", "/v1/prices/{id}", "plan", Prices.Update),

        new("POST", "/v1/checkout/sessions", "checkout_session", CheckoutSessions.Create),
        new("GET", "/v1/checkout/sessions", "checkout_session", CheckoutSessions.List),
        new("GET", "/v1/checkout/sessions/{id}", "checkout_session", CheckoutSessions.Retrieve),
        new("POST", "/v1/checkout/sessions/{id}", "checkout_session", CheckoutSessions.Update),
        new("POST", "/v1/checkout/sessions/{id}/expire", "checkout_session", CheckoutSessions.Expire),
        new("GET", "/v1/checkout/sessions/{id}/line_items", "checkout_session", CheckoutSessions.LineItems),
        new("GET", "/v1/payment_pages/{id}", "checkout_session", PaymentPages.Retrieve, Publishable: true),
        new("POST", "/v1/payment_pages/{id}/confirm", "checkout_session", PaymentPages.Confirm, Publishable: true),

        new("POST", "/v1/billing_portal/configurations", "portal_configuration", PortalConfigurations.Create),
        new("GET", "/v1/billing_portal/configurations", "portal_configuration", PortalConfigurations.List),
        new("GET", "/v1/billing_portal/configurations/{id}", "portal_configuration", PortalConfigurations.Retrieve),
        new("POST", "/v1/billing_portal/configurations/{id}", "portal_configuration", PortalConfigurations.Update),
        new("POST", "/v1/billing_portal/sessions", "portal_session", PortalSessions.Create),

        new("POST", "/v1/webhook_endpoints", "webhook", WebhookEndpoints.Create),
        new("GET", "/v1/webhook_endpoints", "webhook", WebhookEndpoints.List),
        new("GET", "/v1/webhook_endpoints/{id}", "webhook", WebhookEndpoints.Retrieve),
        new("POST", "/v1/webhook_endpoints/{id}", "webhook", WebhookEndpoints.Update),
        new("DELETE", "/v1/webhook_endpoints/{id}", "webhook", WebhookEndpoints.Delete),

        new("GET", "/v1/events", "event", Events.List),
        new("GET", "/v1/events/{id}", "event", Events.Retrieve),
        new("POST", "/v1/events/{id}/retry", "event", Events.Retry),

        new("POST", "/v1/billing/meters", "billing_meter", Meters.Create),
        new("GET", "/v1/billing/meters", "billing_meter", Meters.List),
        new("GET", "/v1/billing/meters/{id}", "billing_meter", Meters.Retrieve),
        new("POST", "/v1/billing/meters/{id}", "billing_meter", Meters.Update),
        new("POST", "/v1/billing/meters/{id}/deactivate", "billing_meter", Meters.Deactivate),
        new("POST", "/v1/billing/meters/{id}/reactivate", "billing_meter", Meters.Reactivate),
        new("GET", "/v1/billing/meters/{id}/event_summaries", "billing_meter", MeterSummaries.List),
        new("POST", "/v1/billing/meter_events", "billing_meter_event", MeterEvents.Create),
        new("POST", "/v1/billing/meter_event_adjustments", "billing_meter_event_adjustment", MeterEvents.Adjust),
        new("POST", "/v2/billing/meter_events", "billing_meter_event", MeterStream.Create),
        new("POST", "/v2/billing/meter_event_adjustments", "billing_meter_event_adjustment", MeterStream.Adjust),
        new("POST", "/v2/billing/meter_event_session", "billing_meter_event", MeterStream.Open),
        new("POST", "/v2/billing/meter_event_stream", "billing_meter_event", MeterStream.Send),
        new("GET", "/v2/core/events", "event", MeterReports.List),
        new("GET", "/v2/core/events/{id}", "event", MeterReports.Retrieve),

        new("POST", "/v1/test_helpers/test_clocks", "test_clock", TestClocks.Create),
        new("GET", "/v1/test_helpers/test_clocks", "test_clock", TestClocks.List),
        new("GET", "/v1/test_helpers/test_clocks/{id}", "test_clock", TestClocks.Retrieve),
        new("DELETE", "/v1/test_helpers/test_clocks/{id}", "test_clock", TestClocks.Delete),
        new("POST", "/v1/test_helpers/test_clocks/{id}/advance", "test_clock", TestClocks.Advance),
    ];
}
