package dev.hardening.secrets.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.Function;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Hands every question to the key manager of the day.
 *
 * <p>A handshake asks many times: for an alias of one kind of key and then of the next, for its key, for its chain. If
 * the certificate changed in between, an old key would be shown with a new chain, or no kind would be there when its turn
 * came. So a connection keeps the generation that it asked first, an alias says which generation it belongs to, and the
 * last few are kept.
 */
final class FollowingKeys extends X509ExtendedKeyManager {
    private static final int KEPT = 16;

    private final Map<Object, Generation> connections = Collections.synchronizedMap(new WeakHashMap<>());
    private volatile List<Generation> generations;

    FollowingKeys(X509ExtendedKeyManager first) {
        generations = List.of(new Generation(0, first));
    }

    private record Generation(long number, X509ExtendedKeyManager manager) {
        @Nullable
        String named(@Nullable String alias) {
            return alias == null ? null : number + "/" + alias;
        }
    }

    /** Called by one thread at a time. */
    void use(X509ExtendedKeyManager next) {
        List<Generation> more = new ArrayList<>();
        more.add(new Generation(now().number() + 1, next));
        more.addAll(generations.subList(0, Math.min(generations.size(), KEPT - 1)));
        generations = List.copyOf(more);
    }

    private Generation now() {
        return generations.get(0);
    }

    /** The generation of a connection, the newest where it is new. */
    private Generation of(@Nullable Object connection) {
        return connection == null ? now() : connections.computeIfAbsent(connection, first -> now());
    }

    private <T> @Nullable T of(String alias, GenerationQuestion<T> question) {
        int slash = alias.indexOf('/');
        if (slash < 0) {
            return null;
        }
        String number = alias.substring(0, slash);
        for (Generation generation : generations) {
            if (Long.toString(generation.number()).equals(number)) {
                return question.ask(generation.manager(), alias.substring(slash + 1));
            }
        }
        return null;
    }

    private interface GenerationQuestion<T> {
        @Nullable
        T ask(X509ExtendedKeyManager manager, String alias);
    }

    private String @Nullable [] named(Function<X509ExtendedKeyManager, String @Nullable []> question) {
        Generation generation = now();
        String[] aliases = question.apply(generation.manager());
        return aliases == null
                ? null
                : Arrays.stream(aliases)
                        .map(alias -> generation.number() + "/" + alias)
                        .toArray(String[]::new);
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return named(manager -> manager.getClientAliases(keyType, issuers));
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        return named(manager -> manager.getServerAliases(keyType, issuers));
    }

    @Override
    public @Nullable String chooseClientAlias(
            String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        Generation generation = of(socket);
        return generation.named(generation.manager().chooseClientAlias(keyType, issuers, socket));
    }

    @Override
    public @Nullable String chooseEngineClientAlias(
            String[] keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        Generation generation = of(engine);
        return generation.named(generation.manager().chooseEngineClientAlias(keyType, issuers, engine));
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        Generation generation = of(socket);
        return generation.named(generation.manager().chooseServerAlias(keyType, issuers, socket));
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        Generation generation = of(engine);
        return generation.named(generation.manager().chooseEngineServerAlias(keyType, issuers, engine));
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
        return of(alias, X509ExtendedKeyManager::getCertificateChain);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
        return of(alias, X509ExtendedKeyManager::getPrivateKey);
    }
}
