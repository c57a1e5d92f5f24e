-- What satukan_set_workspace does, for a statement that binds itself: it tells what the transaction is
-- bound to afterwards, as policies see it.
CREATE FUNCTION satukan_bound(workspace uuid) RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SET LOCAL app.workspace = %L', workspace::text);
    RETURN nullif(current_setting('app.workspace', true), '')::uuid;
END
$$;

GRANT EXECUTE ON FUNCTION satukan_bound(uuid) TO satukan_app, satukan_maintenance;
