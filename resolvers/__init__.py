"""GraphQL calls turned into plain calls: who asks, which page, which loader, which service."""
