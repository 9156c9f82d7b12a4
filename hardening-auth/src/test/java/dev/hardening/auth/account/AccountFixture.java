package dev.hardening.auth.account;

import dev.hardening.auth.AuthEvent;
import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.SessionId;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.account.AuthNotifier.Notice;
import dev.hardening.auth.password.HashingGate;
import dev.hardening.auth.password.Password;
import dev.hardening.auth.session.SessionTokens;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.FakeClock;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Accounts in memory with a cheap hasher, and a record of what was hashed, asked of the stores, mailed and told. */
final class AccountFixture implements AutoCloseable {
    static final TenantId MAIN = new TenantId("main");
    static final TenantId CLOSED = new TenantId("closed");
    static final EmailAddress ALICE = EmailAddress.of("alice@example.org");
    static final String RIGHT = "a quiet harbour at dawn";
    static final String WRONG = "a quiet harbour at dusk";
    static final String CLIENT = "192.0.2.1";

    final FakeClock clock = FakeClock.create();
    final FakeHasher hasher = new FakeHasher();
    final List<String> calls = new CopyOnWriteArrayList<>();
    final AccountStore accountStore = recording(AccountStore.class, AccountStore.inMemory());
    final OneTimeTokenStore tokenStore = recording(OneTimeTokenStore.class, OneTimeTokenStore.inMemory());
    final List<Notice> mails = new CopyOnWriteArrayList<>();
    final List<AuthEvent> events = new CopyOnWriteArrayList<>();
    final List<String> sessions = new CopyOnWriteArrayList<>();
    /** Accounts that are found as ever, but whose address does not open. */
    final Set<EmailAddress> unreadable = ConcurrentHashMap.newKeySet();

    volatile Runnable onSession = () -> {};
    volatile String failing = "";
    volatile Consumer<String> onCall = name -> {};
    final Accounts accounts;

    AccountFixture() {
        this(HashingGate.builder()
                .maximumQueue(1000)
                .maximumWait(Duration.ofSeconds(10))
                .build());
    }

    AccountFixture(HashingGate gate) {
        accounts = builder().hashingGate(gate).build();
    }

    Accounts.Builder builder() {
        return Accounts.builder()
                .accountStore(accountStore)
                .oneTimeTokenStore(tokenStore)
                .sessions((tenant, user, context, allowed) -> {
                    if (!allowed.getAsBoolean()) {
                        return Optional.empty();
                    }
                    sessions.add(user.value());
                    onSession.run();
                    return Optional.of(
                            new SessionTokens("access", "refresh", Duration.ofMinutes(10), new SessionId("s1")));
                })
                .notifier(mails::add)
                .openTenants(MAIN::equals)
                .passwordHasher(hasher)
                .listener(events::add)
                .clock(clock);
    }

    RegistrationResult.Kind register(EmailAddress email, String password) {
        return register(MAIN, email, password);
    }

    RegistrationResult.Kind register(TenantId tenant, EmailAddress email, String password) {
        return accounts.registration()
                .register(new Registration.Request(tenant, email, Password.of(password), "", CLIENT))
                .kind();
    }

    Registration.Confirmation.Kind confirm(String token, String password) {
        return accounts.registration()
                .confirm(token, Password.of(password), CLIENT)
                .kind();
    }

    LoginResult login(EmailAddress email, String password) {
        return login(MAIN, email, password);
    }

    LoginResult login(TenantId tenant, EmailAddress email, String password) {
        return accounts.login()
                .authenticate(new Login.Request(tenant, email, Password.of(password), "a browser", CLIENT));
    }

    Account seed(EmailAddress email) {
        Setup.Result result = accounts.setup()
                .seed(new Setup.Newcomer(MAIN, email, Password.of(RIGHT), "", Set.of(Account.Role.STUDENT)));
        return ((Setup.Result.Created) result).account();
    }

    /** The token of the n-th mail, from 1; waits for it. */
    String token(int number) {
        Eventually.until(Duration.ofSeconds(10), "mail " + number, () -> mails.size() >= number);
        return ((Notice.VerifyEmail) mails.get(number - 1)).token().reveal();
    }

    /** All kinds of mail sent up to now; no more is sent after this. */
    List<Notice.Kind> mailsAfterClose() {
        accounts.close();
        return mails.stream().map(Notice::kind).toList();
    }

    List<AuthEvent.Kind> told() {
        return events.stream().map(AuthEvent::kind).toList();
    }

    /** What happens to hashes and stores while the work runs. */
    Work during(Runnable work) {
        calls.clear();
        int before = hasher.computed();
        work.run();
        return new Work(hasher.computed() - before, calls.size());
    }

    record Work(int hashes, int storeCalls) {}

    @Override
    public void close() {
        accounts.close();
    }

    private AccountStore.Stored read(AccountStore.Stored stored) {
        return AccountStore.Stored.closed(stored.standing(), stored.hash(), () -> {
            if (unreadable.contains(stored.account().email())) {
                throw new AuthUnavailableException("the address does not open");
            }
            return stored.account();
        });
    }

    private <T> T recording(Class<T> port, T store) {
        return port.cast(Proxy.newProxyInstance(
                port.getClassLoader(), new Class<?>[] {port}, (proxy, method, arguments) -> {
                    calls.add(method.getName());
                    onCall.accept(method.getName());
                    if (failing.equals(method.getName())) {
                        throw new AuthUnavailableException("the store is down");
                    }
                    try {
                        Object found = method.invoke(store, arguments);
                        return method.getName().startsWith("find")
                                        && method.getReturnType() == Optional.class
                                        && port == AccountStore.class
                                ? ((Optional<?>) found).map(stored -> read((AccountStore.Stored) stored))
                                : found;
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                }));
    }
}
