DROP INDEX CONCURRENTLY IF EXISTS property_index_entries_customer_index;

CREATE INDEX CONCURRENTLY property_index_entries_customer_index ON property_index_entries (workspace_id, property_id, customer_id) INCLUDE (text_value, number_value, time_value);

DROP INDEX CONCURRENTLY IF EXISTS property_index_entries_property_id_reference;
