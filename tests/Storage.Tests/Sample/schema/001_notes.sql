create table notes (
    id   text primary key,
    text text not null
);

create table heard (
    note_id text not null,
    text    text not null
);
