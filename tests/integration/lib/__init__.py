"""What the integration tests share: TAP, HTTP, a stack, a fake provider."""
