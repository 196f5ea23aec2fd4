-- Invoices that could not be issued, by when they were made: some of them fall due nevertheless.
create index invoices_unissued on invoices (created_at) where status = 'draft' and level = 'error';
