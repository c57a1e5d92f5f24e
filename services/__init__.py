"""The rules of Satukan, one verb a module. They know no GraphQL and no HTTP."""
