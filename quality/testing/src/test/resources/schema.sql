CREATE TABLE thing (name text); INSERT INTO thing VALUES ('first');
