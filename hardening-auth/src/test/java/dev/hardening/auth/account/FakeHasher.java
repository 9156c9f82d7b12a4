package dev.hardening.auth.account;

import dev.hardening.auth.password.Password;
import dev.hardening.auth.password.PasswordHasher;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Costs nothing, counts, and can be told that the parameters have changed. */
final class FakeHasher implements PasswordHasher {
    volatile int parameters = 1;
    volatile Runnable whileHashing = () -> {};
    final List<Integer> costs = new CopyOnWriteArrayList<>();
    private final AtomicInteger computed = new AtomicInteger();

    int computed() {
        return computed.get();
    }

    @Override
    public Password.Hash hash(Password password) {
        computed.incrementAndGet();
        whileHashing.run();
        return record(parameters, text(password));
    }

    @Override
    public boolean matches(Password password, Password.Hash record) {
        computed.incrementAndGet();
        whileHashing.run();
        String stored = record.text();
        costs.add(Integer.valueOf(stored.substring(0, stored.indexOf(':'))));
        return password.usable() && stored.substring(stored.indexOf(':') + 1).equals(text(password));
    }

    @Override
    public boolean outdated(Password.Hash record) {
        return !record.text().startsWith(parameters + ":");
    }

    @Override
    public Password.Hash decoy() {
        return record(parameters, "\u0000 nobody's");
    }

    private static Password.Hash record(int parameters, String text) {
        return new Password.Hash(parameters + ":" + text);
    }

    private static String text(Password password) {
        return password.use(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }
}
