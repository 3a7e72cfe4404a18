-- Lets workers begin a run whose files are all there, or continue one that has stopped. The order
-- of an organization is that of this moment: a file that is stored slowly does not hold up the
-- others, and is not overtaken afterwards. One that has stopped keeps its place. Says whether the
-- run is queued.
CREATE FUNCTION umbulk.queue(of_run text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE umbulk.runs SET number = DEFAULT
        WHERE id = of_run AND state = 'arriving' AND is_submitted;
    UPDATE umbulk.runs SET state = 'queued', exit_status = NULL
        WHERE id = of_run AND state IN ('arriving', 'stopped') AND is_submitted;
    RETURN EXISTS (SELECT FROM umbulk.runs WHERE id = of_run AND state = 'queued');
END $$;
