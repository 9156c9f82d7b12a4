package dev.hardening.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.hardening.architecture.fixture.secrets.seal.EarlyEnd;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A comparison that ends at the first byte that differs tells a guesser how much was right. So where codes, commitments
 * and secrets are compared, none of these is called; {@code MessageDigest.isEqual} is what remains.
 */
@Tag("secrets:E4")
class ConstantTimeTest {
    private static final String GUARDED =
            "dev\\.hardening\\.(architecture\\.fixture\\.)?secrets\\.(ring|seal|jose|vault)";
    private static final Set<String> OF_ARRAYS = Set.of("equals", "mismatch", "compare", "compareUnsigned");
    private static final Set<String> OF_BUFFERS = Set.of("equals", "mismatch", "compareTo");

    /** These compare what everybody may see: a stored document, the end of its file, the name of what was sealed. */
    private static final Set<String> PUBLIC_DATA =
            Set.of("RingCodec.canonical", "FileRingStore.parse", "SealContext.equals");

    @Test
    void bytes_whereSecretsAreHandled_areComparedInConstantTime() {
        assertEquals(new TreeSet<>(PUBLIC_DATA), early(Modules.classes()));
    }

    @Test
    void comparisons_thatEndEarly_areFound() {
        Set<String> wrong = Stream.of(EarlyEnd.class.getDeclaredMethods())
                .filter(method -> !method.isSynthetic())
                .map(method -> "EarlyEnd." + method.getName())
                .collect(Collectors.toCollection(TreeSet::new));
        assertTrue(wrong.remove("EarlyEnd.constantTime"));
        assertTrue(wrong.remove("EarlyEnd.numbers"));

        assertEquals(wrong, early(new ClassFileImporter().importClasses(EarlyEnd.class)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ring.RingSeal", "seal.MessageKey", "vault.VaultTransit", "Secret"})
    void codes_always_areComparedByTheOneMethodThatTakesItsTime(String name) {
        JavaClass type = Modules.classes().get("dev.hardening.secrets." + name);

        assertTrue(guarded(type));
        assertTrue(type.getMethodCallsFromSelf().stream()
                .anyMatch(call -> call.getName().equals("isEqual")));
    }

    private static Set<String> early(JavaClasses classes) {
        return classes.stream()
                .filter(ConstantTimeTest::guarded)
                .flatMap(type -> type.getAccessesFromSelf().stream())
                .filter(ConstantTimeTest::endsEarly)
                .map(access -> place(access.getOrigin()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static boolean guarded(JavaClass type) {
        return type.getPackageName().matches(GUARDED)
                || type.getName().equals("dev.hardening.secrets.Secret")
                || type.getEnclosingClass().filter(ConstantTimeTest::guarded).isPresent();
    }

    private static boolean endsEarly(JavaAccess<?> access) {
        if (!(access.getTarget() instanceof CodeUnitAccessTarget target)) {
            return false;
        }
        JavaClass owner = target.getOwner();
        String method = target.getName();
        if (owner.isEquivalentTo(Arrays.class)) {
            return OF_ARRAYS.contains(method)
                    && target.getRawParameterTypes().stream()
                            .anyMatch(type -> type.isEquivalentTo(byte[].class) || type.isEquivalentTo(char[].class));
        }
        if (owner.isEquivalentTo(Objects.class)) {
            return method.equals("deepEquals");
        }
        return owner.isAssignableTo(ByteBuffer.class) && OF_BUFFERS.contains(method);
    }

    private static String place(JavaCodeUnit origin) {
        return origin.getOwner().getSimpleName() + "." + origin.getName();
    }
}
