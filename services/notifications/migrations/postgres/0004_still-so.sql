-- What else happened to something: whether it is still worth a mail.
CREATE INDEX journal_of_subject ON journal (subject);
