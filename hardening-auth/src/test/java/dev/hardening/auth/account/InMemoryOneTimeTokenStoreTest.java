package dev.hardening.auth.account;

class InMemoryOneTimeTokenStoreTest extends OneTimeTokenStoreContract {
    private final OneTimeTokenStore store = OneTimeTokenStore.inMemory();

    @Override
    protected OneTimeTokenStore store() {
        return store;
    }
}
