-- How many somebody submitted since yesterday; what is forgotten with them is found by it as well.
CREATE INDEX submissions_of_member ON submissions (member_id, created);
