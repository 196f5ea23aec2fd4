-- A provider's Stripe account as it bills here. Keys and signing secrets are ciphertexts.
create table billing_integrations (
    id                  text primary key,
    organization_id     text not null,
    name                text not null,
    title               text not null,
    account_id          text not null,
    livemode            boolean not null,
    billing_model       text not null check (billing_model in ('invoices', 'subscriptions')),
    publishable_key     text not null,
    secret_key          text not null,
    secret_key_hint     text not null,
    customer_portal_url text,
    webhook_endpoint_id text,
    signing_secrets     text[] not null default '{}',
    queue_status        text not null default 'running' check (queue_status in ('running', 'paused')),
    queue_error         text,
    version             bigint not null default 1,
    created_at          timestamptz not null,
    deleted_at          timestamptz
);
create unique index billing_integrations_name on billing_integrations (organization_id, name) where deleted_at is null;

-- A consumer organization as a customer of one Stripe account. Its row lock is the lock of its lane in the job queue.
create table customers (
    id              text primary key,
    integration_id  text not null references billing_integrations (id),
    organization_id text not null,
    name            text not null,
    email           text not null,
    created_at      timestamptz not null,
    unique (integration_id, organization_id)
);

-- Our objects and Stripe's: one to one, and only within the account and mode that made them.
create table stripe_objects (
    account_id     text not null,
    livemode       boolean not null,
    stripe_id      text not null,
    object_type    text not null check (object_type in ('customer', 'invoice')),
    integration_id text not null references billing_integrations (id),
    our_id         text not null unique,
    recorded_at    timestamptz not null,
    primary key (account_id, livemode, stripe_id)
);

-- What Subscriptions told, as far as invoices need it. A cancellation may be heard before the approval.
create table subscriptions (
    id                       text primary key,
    organization_id          text not null,
    integration_id           text references billing_integrations (id),
    provider_organization_id text,
    organization_title       text,
    email                    text,
    product_title            text,
    cancelled_at             timestamptz
);
create index subscriptions_integration on subscriptions (integration_id) where cancelled_at is null;

create table invoices (
    id                       text primary key,
    subscription_id          text not null references subscriptions (id),
    organization_id          text not null,
    provider_organization_id text not null,
    integration_id           text not null references billing_integrations (id),
    customer_id              text references customers (id),
    kind                     text not null check (kind in ('initial', 'period', 'final')),
    period_start             timestamptz not null,
    status                   text not null check (status in ('draft', 'open', 'paid', 'past_due', 'incomplete', 'void')),
    level                    text not null check (level in ('pending', 'success', 'error')),
    reasons                  jsonb not null default '[]',
    description              text not null,
    currency                 text not null,
    total                    bigint not null check (total >= 0),
    payment_term_days        int not null,
    covers_from              timestamptz,
    covers_to                timestamptz,
    number                   text,
    hosted_invoice_url       text,
    invoice_pdf              text,
    due_at                   timestamptz,
    due_check_at             timestamptz,
    due_checks               int not null default 0,
    paid_at                  timestamptz,
    void_requested           boolean not null default false,
    look_at                  timestamptz,
    version                  bigint not null default 1,
    created_at               timestamptz not null
);
-- No loop may ever charge a period twice: one first invoice per subscription, one invoice per closed period, final or not.
create unique index invoices_initial on invoices (subscription_id) where kind = 'initial';
create unique index invoices_closed_period on invoices (subscription_id, period_start) where kind <> 'initial';
create index invoices_organization on invoices (organization_id, id);
create index invoices_provider on invoices (provider_organization_id, id);
create index invoices_subscription on invoices (subscription_id, id);
create index invoices_unpaid on invoices (integration_id) where status in ('draft', 'open', 'past_due', 'incomplete');
create index invoices_due on invoices (due_check_at) where status = 'open';
create index invoices_look on invoices (look_at) where status in ('open', 'past_due', 'incomplete');

create table invoice_lines (
    invoice_id      text not null references invoices (id),
    position        int not null,
    subscription_id text not null,
    kind            text not null check (kind in ('setup_fee', 'base', 'usage', 'overage')),
    description     text not null,
    unit            text,
    quantity        bigint not null,
    unit_amount     numeric(30, 12) not null,
    amount          bigint not null,
    period_start    timestamptz not null,
    period_end      timestamptz not null,
    primary key (invoice_id, position)
);
-- One set-up fee per subscription, one base price per subscription and period, whatever the code does.
create unique index invoice_lines_setup_fee on invoice_lines (subscription_id) where kind = 'setup_fee';
create unique index invoice_lines_base on invoice_lines (subscription_id, period_start) where kind = 'base';

-- Everything that is sent to Stripe. Order inside a lane is by position; a finished job leaves the table.
create table stripe_jobs (
    id               text primary key,
    position         bigint generated always as identity unique,
    integration_id   text not null references billing_integrations (id),
    lane             text not null,
    kind             text not null check (kind in ('create_customer', 'issue_invoice', 'void_invoice')),
    subject_id       text not null,
    status           text not null default 'waiting' check (status in ('waiting', 'running', 'blocked', 'failed')),
    attempts         int not null default 0,
    next_attempt_at  timestamptz not null,
    first_attempt_at timestamptz,
    key_generation   int not null default 0,
    fresh_key        boolean not null default false,
    lease            int not null default 0,
    lease_until      timestamptz,
    error_code       text,
    error            text,
    trace_parent     text,
    created_at       timestamptz not null,
    unique (kind, subject_id)
);
create index stripe_jobs_lane on stripe_jobs (integration_id, lane, position);
create index stripe_jobs_due on stripe_jobs (next_attempt_at, position) where status in ('waiting', 'running');
create index stripe_jobs_leased on stripe_jobs (integration_id) where lease_until is not null;

create table stripe_jobs_done (
    id             text primary key,
    integration_id text not null,
    lane           text not null,
    kind           text not null,
    subject_id     text not null,
    outcome        text not null check (outcome in ('finished', 'removed')),
    attempts       int not null,
    created_at     timestamptz not null,
    finished_at    timestamptz not null
);
create index stripe_jobs_done_integration on stripe_jobs_done (integration_id, finished_at);
