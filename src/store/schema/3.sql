-- As before, but the time grows with the number of organizations alone, whatever the database knows
-- about its tables: of each organization, one look at an index finds its first run.
CREATE OR REPLACE FUNCTION umbulk.claim_next(
    new_worker text, organizations text[], hosts text[], lease_ms bigint,
    OUT run text, OUT fence bigint
) LANGUAGE plpgsql AS $$
DECLARE
    chosen record;
BEGIN
    -- Runs that somebody has cancelled, and whose worker did not live to see it.
    UPDATE umbulk.runs SET state = 'cancelled', ended_at = clock_timestamp()
        WHERE state = 'running' AND is_unwanted AND lease_until < clock_timestamp();
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
        -- Another worker may be claiming it.
        PERFORM FROM umbulk.runs r WHERE r.id = chosen.id FOR UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;
        fence := umbulk.claim(chosen.id, new_worker, lease_ms, NULL);
        CONTINUE WHEN fence IS NULL;
        run := chosen.id;
        INSERT INTO umbulk.served AS s
            VALUES (chosen.organization, chosen.host, clock_timestamp())
            ON CONFLICT (organization, host) DO UPDATE SET at = excluded.at;
        RETURN;
    END LOOP;
END $$;
