-- Every note that was heard
-- exists.
select h.note_id from heard h where not exists (select 1 from notes n where n.id = h.note_id) and @Now > '2000-01-01'
