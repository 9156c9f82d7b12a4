-- Keys of limits are pseudonyms. Those from before held addresses of people, and some would lie there until they expire.
DELETE FROM hardening_ratelimit.bucket WHERE id LIKE '%@%';
