using Marketplace.Invoicing;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults().AddStorage("invoicing", typeof(Program).Assembly, bus => bus.AddInvoicingConsumers());
builder.Services.AddValidation();
builder.Services
    .AddSingleton<StripeRates>().AddSingleton<StripeConnections>().AddSingleton<StripeReachability>().AddSingleton<KeyCheck>().AddSingleton<PermissionProbe>()
    .AddSingleton<WebhookEndpoint>().AddSingleton<WebhookUpkeep>().AddSingleton<ForgetIntegrations>().AddSingleton<BillingIntegrationView>()
    .AddSingleton<JobQueue>().AddSingleton<JobWorker>().AddSingleton<JobDispatcher>().AddSingleton<ReadQueues>().AddStripeJob<CreateCustomer>().AddStripeJob<IssueInvoice>().AddStripeJob<VoidStripeInvoice>()
    .AddStripeJob<SendBillingDetails>().AddSingleton<TaxRateCheck>().AddSingleton<TaxLocation>().AddSingleton<RefusedRates>().AddStripeMirror<TaxRateMirror>()
    .AddStripeJob<IssueCreditNote>().AddStripeJob<RepeatRefund>()
    .AddSingleton<EventPlaces>().AddStripeMirror<InvoiceMirror>().AddStripeMirror<CreditNoteMirror>().AddStripeMirror<RefundMirror>().AddStripeMirror<DisputeMirror>().AddPaymentMethods().AddStripeSubscriptions()
    .AddSingleton<PaidInvoice>().AddSingleton<ApplyCredits>().AddSingleton<LatePayments>().AddSingleton<CustomerDeletion>()
    .AddSingleton<WriteInvoice>().AddSingleton<InvoiceVoiding>().AddSingleton<UnvoidedInvoice>().AddSingleton<ApplyStripeInvoice>().AddSingleton<LookAtOpenInvoices>().AddSingleton<MarkPastDue>()
    .AddReconciliation()
    .AddEncryptedColumn(new("billing_integrations", "id", "secret_key", ["organization_id", "id"], "secret-key"))
    .AddEncryptedColumn(new("billing_integrations", "id", "signing_secrets", ["organization_id", "id"], "webhook-secret", Several: true))
    .AddInvoicingSchedule();
builder.Services.AddHealthChecks().AddCheck<StripeReachability>("stripe").AddCheck<OpenDrift>("reconciliation");

var app = builder.Build();
app.UseServiceDefaults().UseStorage("invoicing");
app.MapInvoicing();
app.Run();
