package dev.hardening.architecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The published modules, the edges they may have, and their classes. */
final class Modules {
    static final String ROOT = "dev.hardening.";

    /** Who may depend on whom: ARCHITECTURE.md, section "Floors". */
    static final Map<String, Set<String>> EDGES = Map.of(
            "health", Set.of(),
            "secrets", Set.of("health"),
            "ratelimit", Set.of("health"),
            "auth", Set.of("secrets", "ratelimit", "health"),
            "audit", Set.of("secrets", "auth", "ratelimit", "health"));

    /** Optional edges live in the package named after the sibling, or in audit's capture. */
    static final Map<String, Set<String>> OPTIONAL = Map.of(
            "secrets", Set.of("health"),
            "ratelimit", Set.of("health"),
            "auth", Set.of("health"),
            "audit", Set.of("auth", "ratelimit", "health"));

    /** The one class per module that stands above its packages and may therefore look up at them. */
    static final Set<String> FACADES = Set.of(
            "dev.hardening.health.Health",
            "dev.hardening.ratelimit.RateLimiter",
            "dev.hardening.auth.Auth",
            "dev.hardening.audit.AuditLog");

    static final List<String> NAMES = List.copyOf(EDGES.keySet());

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(NAMES.stream().map(name -> ROOT + name).toArray(String[]::new));

    private Modules() {}

    static JavaClasses classes() {
        return CLASSES;
    }

    static String moduleOf(JavaClass type) {
        String name = type.getPackageName();
        if (!name.startsWith(ROOT)) {
            return "";
        }
        String rest = name.substring(ROOT.length());
        int dot = rest.indexOf('.');
        return dot < 0 ? rest : rest.substring(0, dot);
    }

    static DescribedPredicate<JavaClass> facade() {
        return DescribedPredicate.describe("the facade of a module", type -> FACADES.contains(outermost(type)));
    }

    private static String outermost(JavaClass type) {
        return type.getEnclosingClass().map(Modules::outermost).orElse(type.getName());
    }
}
