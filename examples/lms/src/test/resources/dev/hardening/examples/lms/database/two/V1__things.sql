CREATE TABLE test_two.thing (name text PRIMARY KEY);
