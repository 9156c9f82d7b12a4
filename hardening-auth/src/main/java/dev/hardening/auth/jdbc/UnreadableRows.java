package dev.hardening.auth.jdbc;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.account.Account;
import dev.hardening.auth.jdbc.AddressRows.AccountKey;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in the log which accounts have an address that cannot be read, each once an hour.
 *
 * <p>The exception says it too; but it passes through hosts that rightly write no message of one, and only who knows the
 * account and the fault can put the row in order.
 */
final class UnreadableRows {
    private static final Logger LOG = LoggerFactory.getLogger(UnreadableRows.class);
    private static final Duration QUIET = Duration.ofHours(1);
    private static final int MOST = 10_000;

    private final Cache<AccountKey, Boolean> told;

    UnreadableRows(LongSupplier ticker) {
        told = Caffeine.newBuilder()
                .maximumSize(MOST)
                .expireAfterWrite(QUIET)
                .ticker(ticker::getAsLong)
                .build();
    }

    /** Logs it if nobody has of late, and gives what is to be thrown. */
    AuthUnavailableException tell(Account.Standing account, String fault) {
        AccountKey key = new AccountKey(account.tenant().value(), account.id().value());
        String message = AddressRows.fault(key, fault);
        if (told.asMap().putIfAbsent(key, true) == null) {
            LOG.warn("{}", message);
        }
        return new AuthUnavailableException(message);
    }
}
