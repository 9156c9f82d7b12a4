package dev.hardening.architecture;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A surface that one can hold in one's head: 25 public types a package, 40 a module; two are several features (ADR 0074). */
class SurfaceTest {
    private static final long PER_PACKAGE = 25;
    private static final long PER_MODULE = 40;
    private static final Map<String, Long> LARGE = Map.of("auth", 60L, "secrets", 85L);

    @Test
    void packages_always_exportFewTypes() {
        assertEquals(Map.of(), over(PER_PACKAGE, JavaClass::getPackageName));
    }

    @Test
    void modules_always_exportFewTypes() {
        Map<String, Long> large = over(PER_MODULE, Modules::moduleOf);

        large.entrySet().removeIf(module -> module.getValue() <= LARGE.getOrDefault(module.getKey(), PER_MODULE));
        assertEquals(Map.of(), large);
    }

    private static Map<String, Long> over(long limit, Function<JavaClass, String> group) {
        return Modules.classes().stream()
                .filter(SurfaceTest::exported)
                .collect(groupingBy(group, counting()))
                .entrySet()
                .stream()
                .filter(entry -> entry.getValue() > limit)
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private static boolean exported(JavaClass type) {
        return type.getModifiers().contains(JavaModifier.PUBLIC)
                && type.isTopLevelClass()
                && !type.getPackageName().contains(".internal")
                && !type.getSimpleName().equals("package-info");
    }
}
