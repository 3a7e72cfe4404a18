-- Gives the next runs to a worker, at most so many, as one call after another would. To find out
-- whose turn it is takes time for each organization, and once is enough for all runs that a worker
-- begins at one moment.
DROP FUNCTION umbulk.claim_next(text, text[], text[], bigint);
CREATE FUNCTION umbulk.claim_next(
    new_worker text, organizations text[], hosts text[], lease_ms bigint, most bigint
) RETURNS TABLE (run text, fence bigint) LANGUAGE plpgsql AS $$
DECLARE
    chosen record;
BEGIN
    -- Runs that somebody has cancelled, and whose worker did not live to see it.
    UPDATE umbulk.runs r SET state = 'cancelled', ended_at = clock_timestamp()
        WHERE r.state = 'running' AND r.is_unwanted AND r.lease_until < clock_timestamp();
    FOR chosen IN
        SELECT r.id, r.organization, r.host
            FROM unnest(organizations, hosts) AS mine (organization, host)
            CROSS JOIN LATERAL (
                SELECT * FROM umbulk.runs e
                    WHERE e.organization = mine.organization AND e.host = mine.host
                        AND e.state IN ('queued', 'running', 'stopped') AND NOT e.is_unwanted
                        AND e.is_submitted
                    ORDER BY e.number LIMIT 1) AS r
            LEFT JOIN umbulk.served s ON s.organization = r.organization AND s.host = r.host
            WHERE r.state IN ('queued', 'running')
                AND (r.lease_until IS NULL OR r.lease_until < clock_timestamp())
                AND NOT EXISTS (SELECT FROM umbulk.runs e
                    WHERE e.organization = r.organization AND e.host = r.host AND e.id <> r.id
                        AND e.state = 'running' AND e.lease_until >= clock_timestamp())
            ORDER BY s.at NULLS FIRST, r.number
    LOOP
        EXIT WHEN most <= 0;
        -- Another worker may be claiming it.
        PERFORM FROM umbulk.runs r WHERE r.id = chosen.id FOR UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;
        fence := umbulk.claim(chosen.id, new_worker, lease_ms, NULL);
        CONTINUE WHEN fence IS NULL;
        run := chosen.id;
        INSERT INTO umbulk.served AS s
            VALUES (chosen.organization, chosen.host, clock_timestamp())
            ON CONFLICT (organization, host) DO UPDATE SET at = excluded.at;
        most := most - 1;
        RETURN NEXT;
    END LOOP;
END $$;
