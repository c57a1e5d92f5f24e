"""Subscriptions: over WebSockets (graphql-transport-ws) and server-sent events (graphql-sse).

The protocols are spoken here and not by Strawberry's handlers: docs/decisions/ says why.
"""
