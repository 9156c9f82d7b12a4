package dev.hardening.examples.lms.config;

import dev.hardening.examples.lms.database.DatabaseAddress;
import dev.hardening.examples.lms.mail.SmtpMailer;
import dev.hardening.secrets.Schema;
import dev.hardening.secrets.SchemaReport.Finding;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretSource;
import dev.hardening.secrets.Setting;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The passwords that stand in addresses, held to the rules of those that have a variable of their own. */
final class AddressPasswords {
    static final String DATABASE = "LMS_DATABASE_URL";
    static final String SMTP = "LMS_SMTP_URL";
    static final String REDIS = "LMS_REDIS_URL";

    /** What somebody else may have chosen cannot be asked to be a key. */
    static final int BITS = 40;

    private final Optional<DatabaseAddress> database;
    private final Optional<SmtpMailer.Login> smtp;
    private final Optional<RedisAddress> redis;
    private final SecretSource source;

    private AddressPasswords(SecretSource source) {
        this.source = source;
        database = source.find(DATABASE)
                .map(Secret::reveal)
                .filter(LmsVariables::isPostgres)
                .flatMap(DatabaseAddress::of);
        smtp = source.find(SMTP).map(Secret::reveal).flatMap(SmtpMailer::login);
        redis = source.find(REDIS).map(Secret::reveal).flatMap(RedisAddress::of);
    }

    /** Reads the addresses; one that cannot be read holds no password, and is a fault elsewhere. */
    static AddressPasswords of(SecretSource source) {
        return new AddressPasswords(source);
    }

    /** Who logs in, of which no password may be made. */
    String[] users() {
        return Stream.of(
                        database.flatMap(DatabaseAddress::user),
                        source.find("LMS_DATABASE_USER").map(Secret::reveal),
                        smtp.map(SmtpMailer.Login::user),
                        redis.flatMap(RedisAddress::user))
                .flatMap(Optional::stream)
                .toArray(String[]::new);
    }

    /** Every rule that a password in an address breaks, under the name of the address. */
    List<Finding> findings(Schema.Profile profile) {
        Schema.Builder schema = Schema.builder().profile(profile).notDerivedFrom(users());
        Stream.concat(MasterSecrets.NAMES.stream(), MasterSecrets.OTHERS.stream())
                .forEach(name -> schema.add(Setting.secret(name).optional()));
        schema.add(password(DATABASE))
                .add(Setting.secret("LMS_DATABASE_PASSWORD").optional())
                .add(password(SMTP))
                .add(password(REDIS));
        return schema.build().check(this::find).findings().stream()
                .filter(finding -> List.of(DATABASE, SMTP, REDIS).contains(finding.setting()))
                .toList();
    }

    /** Whether a server on another machine would have to let the service in without any proof that is known here. */
    boolean databaseAsksForNothing() {
        return source.find("LMS_DATABASE_PASSWORD").isEmpty()
                && database.filter(address -> !address.local() && !address.otherProof())
                        .filter(address -> address.password().isEmpty())
                        .isPresent();
    }

    /** Whether the Redis server of another machine would let everybody in. */
    boolean redisAsksForNothing() {
        return redis.filter(address -> !address.local() && address.password().isEmpty())
                .isPresent();
    }

    /** Whether the password of the Redis server crosses a network for all to read. */
    boolean redisPasswordIsSentInTheClear() {
        return redis.filter(address -> !address.local() && !address.encrypted())
                .filter(address -> address.password().isPresent())
                .isPresent();
    }

    private static Setting password(String address) {
        return Setting.secret(address).optional().minBits(BITS).hint("This is about the password in it.");
    }

    /** Whoever finds it closes it. */
    private static Secret copy(Secret password) {
        return password.use(Secret::of);
    }

    private Optional<Secret> find(String name) {
        return switch (name) {
            case DATABASE -> database.flatMap(DatabaseAddress::password).map(AddressPasswords::copy);
            case SMTP -> smtp.flatMap(SmtpMailer.Login::password).map(AddressPasswords::copy);
            case REDIS -> redis.flatMap(RedisAddress::password).map(AddressPasswords::copy);
            default -> source.find(name);
        };
    }
}
